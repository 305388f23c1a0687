"""Stable-Baselines3: its check, its vectors and its PPO take the environment as it is."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv

import llm_router_env  # noqa: F401  registers the ids

IDS = ["LLMRouter-v0", "LLMRouter-v1"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", IDS)
def test_the_check_finds_nothing(name):
    check_env(gym.make(name))


@pytest.mark.parametrize("kind", [DummyVecEnv, SubprocVecEnv])
def test_vectors_are_made(kind):
    start = {"start_method": "fork"} if kind is SubprocVecEnv else None
    envs = make_vec_env(
        "LLMRouter-v1", n_envs=2, seed=1, vec_env_cls=kind, vec_env_kwargs=start, env_kwargs={"episode_length": 5}
    )
    envs.reset()
    for step in range(1, 11):
        _, _, dones, infos = envs.step(np.array([1, 2]))
        assert dones.all() == (step % 5 == 0)
    assert all(info["TimeLimit.truncated"] and "terminal_observation" in info for info in infos)
    envs.close()


def test_a_monitor_counts_what_the_environment_does():
    env = Monitor(gym.make("LLMRouter-v1", episode_length=50))
    env.reset(seed=1)
    rewards, over = [], False
    while not over:
        _, reward, terminated, truncated, info = env.step(len(rewards) % 5)
        rewards.append(reward)
        over = terminated or truncated
    assert info["episode"]["l"] == 50 and info["episode"]["r"] == pytest.approx(sum(rewards), abs=1e-5)


@pytest.mark.parametrize(("name", "least"), [("LLMRouter-v0", 0), ("LLMRouter-v1", -np.inf)])
@pytest.mark.timeout(300)
def test_ppo_trains(name, least):
    """A few thousand steps are enough to leave chance, at -190, behind on the easy task."""
    torch.set_num_threads(1)
    agent = PPO("MlpPolicy", gym.make(name), n_epochs=4, seed=0, device="cpu")
    agent.learn(4096)
    env = gym.make(name)
    observation, _ = env.reset(seed=100)
    total, over = 0.0, False
    while not over:
        action, _ = agent.predict(observation, deterministic=True)
        observation, reward, terminated, truncated, _ = env.step(action)
        total, over = total + reward, terminated or truncated
    assert np.isfinite(total) and total > least
