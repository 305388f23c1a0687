"""One environment, as Gymnasium's own checks and the task's description want it."""

import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from llm_router_env import LLMRouterEnv, ModelConfig, RewardConfig, default_models

IDS = ["LLMRouter-v0", "LLMRouter-v1"]
FOUR = [
    ModelConfig("gpt-4o", 0.030, 2.0, 0.5, 0.95),
    ModelConfig("gpt-4o-mini", 0.003, 0.5, 0.1, 0.82),
    ModelConfig("claude-sonnet", 0.015, 1.5, 0.4, 0.90),
    ModelConfig("claude-haiku", 0.001, 0.3, 0.08, 0.75),
]


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("options", [{}, {"include_quality_required": True, "include_steps_remaining": True}])
def test_gymnasium_finds_nothing_to_complain_of(name, options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gym.make(name, **options).unwrapped)


@pytest.mark.parametrize("name", IDS)
def test_observations_and_actions_are_those_of_the_description(name):
    env = gym.make(name)
    assert env.observation_space == gym.spaces.Box(0.0, 1.0, (9,), np.float32)
    assert env.action_space == gym.spaces.Discrete(5)
    observation, info = env.reset(seed=3)
    assert observation.shape == (9,) and observation.dtype == np.float32 and info == {}
    assert observation[8] == 1


def test_presets_are_the_published_ones():
    assert default_models() == [
        ModelConfig("tier1_large", 0.030, 2.0, 0.5, 0.95),
        ModelConfig("tier1_small", 0.003, 0.5, 0.1, 0.82),
        ModelConfig("tier2_large", 0.015, 1.5, 0.4, 0.90),
        ModelConfig("tier2_small", 0.001, 0.3, 0.08, 0.75),
        ModelConfig("open_source", 0.0005, 0.8, 0.3, 0.70),
    ]


def test_models_can_be_swapped_in():
    env = gym.make("LLMRouter-v0", models=FOUR, reward_config=RewardConfig(latency_penalty=0, cost_weight=100))
    assert env.observation_space.shape == (8,) and env.action_space.n == 4
    env.reset(seed=1)
    _, reward, _, _, info = env.step(2)
    assert info["model_name"] == "claude-sonnet" and info["cost"] == 0.015
    assert reward == pytest.approx(0.5 * info["quality"] - 1.5, abs=1e-12)


def test_make_forwards_what_it_is_given():
    env = gym.make("LLMRouter-v0", episode_length=500, budget=5.0)
    _, _ = env.reset(seed=1)
    for step in range(500):
        _, _, terminated, truncated, info = env.step(1)
        assert truncated == (step == 499) and not terminated
    assert info["budget_remaining"] == pytest.approx(3.5)


def test_time_truncates_and_a_spent_budget_terminates():
    for length, budget, ends in [(3, 10, (False, True)), (10, 0.0055, (True, False)), (2, 0.0055, (True, True))]:
        env = gym.make("LLMRouter-v0", episode_length=length, budget=budget)
        env.reset(seed=1)
        end = (False, False)
        while end == (False, False):
            _, _, *end, _ = env.step(1)
            end = tuple(end)
        assert end == ends


def test_an_episode_may_be_longer_than_usual():
    env = gym.make("LLMRouter-v0", episode_length=1500)
    env.reset(seed=1)
    assert sum(1 for _ in range(1499) if not any(env.step(3)[2:4])) == 1499
    assert env.step(3)[3]


@pytest.mark.parametrize("name", IDS)
def test_a_step_says_what_it_came_to(name):
    env = gym.make(name)
    env.reset(seed=5)
    observation, reward, terminated, truncated, info = env.step(0)
    assert set(info) == {
        "cost", "quality", "latency", "model_name", "budget_remaining", "quality_required", "sla_violated", "complexity",
        "quality_violated", "failed",
    }  # fmt: skip
    assert type(reward) is float and terminated is False and truncated is False
    assert type(info["sla_violated"]) is bool and info["model_name"] == "tier1_large"
    weights = RewardConfig() if name.endswith("0") else RewardConfig.balanced()
    late = max(0, info["latency"] - weights.sla_threshold)
    expected = weights.quality_weight * info["quality"] - weights.cost_weight * info["cost"]
    assert reward == pytest.approx(expected - weights.latency_penalty * late, abs=1e-12)
    assert env.observation_space.contains(observation)


def test_seeds_decide_everything_and_chance_goes_on_without():
    env = gym.make("LLMRouter-v1")

    def beginnings():
        return [env.reset(seed=seed)[0].tolist() for seed in (7, None, None)]

    first = beginnings()
    assert first == beginnings()
    assert len({tuple(each) for each in first}) == 3
    assert env.reset(seed=8)[0].tolist() != first[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"budget": 0}, "budget is 0.0, and must be above 0"),
        ({"budget": float("nan")}, "budget is nan"),
        ({"episode_length": 0}, "episode_length"),
        ({"max_queue_depth": -1}, "max_queue_depth"),
        ({"models": []}, "list of models is empty"),
        ({"models": [ModelConfig("slow", 1, 1, -1, 1)]}, "latency_std"),
        ({"reward_config": RewardConfig(cost_weight=float("nan"))}, "cost_weight"),
        ({"level": "hard"}, "level is 'hard', and must be one of upstream, literal, real"),
    ],
)
def test_settings_that_make_no_sense_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        LLMRouterEnv(**arguments)


def test_wrong_types_are_named():
    with pytest.raises(TypeError, match="ModelConfig"):
        LLMRouterEnv(models=["gpt-4o"])
    with pytest.raises(TypeError, match="RewardConfig"):
        LLMRouterEnv(reward_config={"cost_weight": 1})


def test_steps_out_of_place_are_refused():
    env = LLMRouterEnv(episode_length=1)
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)
    env.reset(seed=1)
    for action in (5, -1):
        with pytest.raises(ValueError, match=f"{action} is no action: they are 0 to 4"):
            env.step(action)
    with pytest.raises(TypeError):
        env.step(0.5)
    env.step(0)
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)
    env.close()
    env.close()
    with pytest.raises(gym.error.ClosedEnvironmentError):
        env.reset()
