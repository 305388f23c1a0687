"""Steps a second through Python, and Stable-Baselines3's PPO beside the native one, in CPU time of one core, in one run.

    BENCH=.build/release/EnvironmentBench python Tests/Benchmarks/environment/bench.py [--without-sb3]

Needs what Tests/GymnasiumTests/stable_baselines/requirements.txt lists, and `pip install ./Sources/GymnasiumBridge/python`.
Machines are noisy: the best of three is told where that takes seconds.
"""

import os

# Before numpy and PyTorch are loaded: CPU time of several threads would compare with that of one.
os.environ["OMP_NUM_THREADS"] = "1"

import subprocess
import sys
import time

import gymnasium as gym
import numpy as np

import llm_router_env  # noqa: F401  registers the ids

ENVIRONMENTS = 64


def steps_per_second(name, calls=5_000):
    """Steps per CPU second of the native vector, the best of three."""
    envs = gym.make_vec(name, num_envs=ENVIRONMENTS)
    envs.reset(seed=1)
    actions, best = np.arange(ENVIRONMENTS) % 5, 0
    for _ in range(3):
        start = time.process_time()
        for _ in range(calls):
            envs.step(actions)
        best = max(best, ENVIRONMENTS * calls / (time.process_time() - start))
    return best


def train_with_sb3(environments, steps=100_000):
    """CPU seconds of Stable-Baselines3's PPO with its usual figures, on one thread."""
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env

    torch.set_num_threads(1)
    envs = make_vec_env("LLMRouter-v1", n_envs=environments, seed=0)
    agent = PPO("MlpPolicy", envs, n_steps=2048 // environments, ent_coef=0.01, seed=0, device="cpu")
    start = time.process_time()
    agent.learn(steps)
    return time.process_time() - start


print("native, by EnvironmentBench:", flush=True)
subprocess.run([os.environ["BENCH"]], check=True)
print("through Python:")
for name in ("LLMRouter-v0", "LLMRouter-v1"):
    rate = steps_per_second(name) / 1e6
    print(f"{name}: {rate:.2f} million steps per CPU second through the native vector, {ENVIRONMENTS} environments")
if "--without-sb3" not in sys.argv:
    for environments in (1, 8):
        seconds = train_with_sb3(environments)
        print(f"Stable-Baselines3's PPO, {environments} environments: {seconds:.1f} CPU seconds for 100000 steps", flush=True)
