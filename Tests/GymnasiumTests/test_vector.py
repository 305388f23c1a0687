"""Many environments: Gymnasium's ways to make them, and the native one, which must be their equal bit by bit."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode

from llm_router_env import LLMRouterVectorEnv

import llm_router_env  # noqa: F401  registers the ids where workers start


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_gymnasium_makes_vectors(kind, mode):
    envs = gym.make_vec(
        "LLMRouter-v1", num_envs=3, vectorization_mode=kind, episode_length=4, vector_kwargs={"autoreset_mode": mode}
    )
    envs.reset(seed=1)
    for step in range(1, 9):
        observations, rewards, terminated, truncated, infos = envs.step(np.array([0, 3, 4]))
        assert observations.shape == (3, 9) and rewards.shape == (3,) and not terminated.any()
        if mode == AutoresetMode.SAME_STEP and step % 4 == 0:
            assert truncated.all() and infos["_final_obs"].all()
            # The episode's last observation, not the next one's first.
            assert (np.stack(infos["final_obs"])[:, 8] < 1).all() and (observations[:, 8] == 1).all()
        if mode == AutoresetMode.NEXT_STEP:
            assert truncated.all() == (step in (4, 9))
    envs.close()


@pytest.mark.parametrize("name", ["LLMRouter-v0", "LLMRouter-v1"])
@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_the_native_vector_equals_gymnasiums(name, mode):
    options = {"episode_length": 7, "budget": 0.1, "include_steps_remaining": True}
    sync = gym.make_vec(
        name, num_envs=3, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, **options
    )
    native = gym.make_vec(name, num_envs=3, autoreset_mode=mode, **options)
    assert isinstance(native.unwrapped, LLMRouterVectorEnv)
    assert native.metadata["autoreset_mode"] == mode
    assert native.single_observation_space == sync.single_observation_space
    assert native.action_space == sync.action_space
    assert data_equivalence(sync.reset(seed=5), native.reset(seed=5))
    generator, over = np.random.default_rng(2), np.zeros(3, np.bool_)
    for step in range(60):
        if step == 40:
            assert data_equivalence(sync.reset(), native.reset())
            over[:] = False
        elif mode == AutoresetMode.DISABLED and over.any():
            mask = {"reset_mask": over}
            assert data_equivalence(sync.reset(options=dict(mask)), native.reset(options=dict(mask)))
        actions = generator.integers(0, 5, 3)
        expected, found = sync.step(actions), native.step(actions)
        assert data_equivalence(expected, found), (step, expected, found)
        over = found[2] | found[3]
    native.close()


def test_results_are_not_handed_out_twice():
    envs = LLMRouterVectorEnv(2)
    first, _ = envs.reset(seed=1)
    kept = first.copy()
    second, *_, infos = envs.step([0, 1])
    assert (first == kept).all() and not np.shares_memory(first, second)
    costs, kept = infos["cost"].copy(), second.copy()
    third, *_ = envs.step([2, 2])
    assert (infos["cost"] == costs).all()
    assert (second == kept).all() and not np.shares_memory(second, third)


def test_wrong_shapes_are_named():
    envs = LLMRouterVectorEnv(2)
    envs.reset(seed=1)
    for actions in ([0], [0, 1, 2], [[0, 1]], [0.0, 1.0], 3):
        with pytest.raises(ValueError, match="actions are 2 integers"):
            envs.step(actions)
    with pytest.raises(ValueError, match="7 is no action"):
        envs.step([0, 7])
    with pytest.raises(ValueError, match="3 seeds were given for 2 environments"):
        envs.reset(seed=[1, 2, 3])
    with pytest.raises(ValueError, match="reset_mask"):
        envs.reset(options={"reset_mask": [True]})
    with pytest.raises(ValueError, match="num_envs is 0"):
        LLMRouterVectorEnv(0)
