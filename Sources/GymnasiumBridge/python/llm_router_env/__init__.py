"""LLMRouter: learn to route prompts to language models, on a native environment behind Gymnasium's interface."""

from gymnasium.envs.registration import register, registry

from .config import ModelConfig, RewardConfig, default_models
from .env import LLMRouterEnv
from .vector import LLMRouterVectorEnv

__all__ = ["LLMRouterEnv", "LLMRouterVectorEnv", "ModelConfig", "RewardConfig", "default_models"]

register(
    id="LLMRouter-v0",
    entry_point="llm_router_env:LLMRouterEnv",
    vector_entry_point="llm_router_env:LLMRouterVectorEnv",
)
register(
    id="LLMRouter-v1",
    entry_point="llm_router_env:LLMRouterEnv",
    vector_entry_point="llm_router_env:LLMRouterVectorEnv",
    kwargs={"level": "real", "reward_config": RewardConfig.balanced()},
)
# Another task, not a better version of the same: else Gymnasium calls v0 out of date with each make.
registry["LLMRouter-v1"].version = None
