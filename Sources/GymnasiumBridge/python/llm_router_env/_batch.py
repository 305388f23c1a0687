"""Native environments, with the arrays that their steps are written to."""

import ctypes
import operator

import gymnasium as gym
import numpy as np

from . import _library
from .config import ModelConfig, RewardConfig, default_models

LEVELS = {"upstream": 0, "literal": 1, "real": 2}
FIGURES = ("cost", "quality", "latency", "budget_remaining", "complexity", "quality_required")
FLAGS = ("sla_violated", "quality_violated", "failed")


class Batch:
    """So many environments of one kind behind one handle; not for several threads at once."""

    def __init__(self, count, autoreset, models, reward_config, options):
        self.models = default_models() if models is None else list(models)
        if not all(isinstance(model, ModelConfig) for model in self.models):
            raise TypeError("models are a list of ModelConfig")
        self.names = np.array([model.name for model in self.models], dtype=object)
        reward = RewardConfig() if reward_config is None else reward_config
        if not isinstance(reward, RewardConfig):
            raise TypeError(f"reward_config is a RewardConfig, not {type(reward).__name__}")
        if options["level"] not in LEVELS:
            raise ValueError(f"level is {options['level']!r}, and must be one of {', '.join(LEVELS)}")
        self.count = count
        self._handle = None
        self._library = _library.load()
        self._error = ctypes.create_string_buffer(_library.ERROR_BYTES)
        self._handle = self._create(autoreset, reward, options)
        extra = bool(options["include_quality_required"]) + bool(options["include_steps_remaining"])
        self.size = len(self.models) + 4 + extra
        self.observations = np.zeros((count, self.size), np.float32)
        self.final_observations = np.zeros_like(self.observations)
        # Reward first, and terminated, truncated, and begun by itself.
        self.figures = np.zeros((1 + len(FIGURES), count), np.float64)
        self.flags = np.zeros((3 + len(FLAGS), count), np.bool_)
        self._actions = np.zeros(count, np.int64)
        arrays = (self._actions, self.observations, self.final_observations, self.figures, self.flags)
        self._addresses = [array.ctypes.data for array in arrays]

    def _create(self, autoreset, reward, options):
        figures = np.array([model.figures() for model in self.models], np.float64)
        weights = np.array(reward.figures(), np.float64)
        numbers = (
            LEVELS[options["level"]],
            operator.index(options["episode_length"]),
            bool(options["include_quality_required"]),
            bool(options["include_steps_remaining"]),
            autoreset,
            operator.index(self.count),
        )
        limits = np.array([options["budget"], options["max_queue_depth"]], np.float64)
        handle = self._library.llm_router_create(
            figures.ctypes.data,
            len(self.models),
            weights.ctypes.data,
            np.array(numbers, np.int64).ctypes.data,
            limits.ctypes.data,
            self._error,
            len(self._error),
        )
        if handle is None:
            raise ValueError(self._error.value.decode())
        return handle

    def spaces(self):
        """What one agent sees, and what it may do."""
        return (
            gym.spaces.Box(0.0, 1.0, (self.size,), np.float32),
            gym.spaces.Discrete(len(self.models)),
        )

    def reset(self, index, seed):
        """Begins an episode in one environment."""
        row = self.observations[index]
        self._library.llm_router_reset(self._alive(), index, seed, row.ctypes.data)

    def seed_next(self, index, seed):
        """Says what decides the chance of the next episode that one environment begins by itself."""
        self._library.llm_router_seed_next(self._alive(), index, seed)

    def step(self, actions):
        """Takes a step in each environment; the arrays have what came of it."""
        self._actions[:] = actions
        code = self._library.llm_router_step(self._alive(), *self._addresses, self._error, len(self._error))
        if code:
            kind = gym.error.ResetNeeded if code == 2 else ValueError
            raise kind(self._error.value.decode())

    def close(self):
        """Lets go of the environments; a second time does nothing."""
        if self._handle is not None:
            self._library.llm_router_destroy(self._handle)
            self._handle = None

    def _alive(self):
        if self._handle is None:
            raise gym.error.ClosedEnvironmentError("the environment is closed")
        return self._handle

    def __del__(self):
        if getattr(self, "_handle", None) is not None:
            self.close()


def draw_seed(generator):
    """One 64-bit draw: what decides an episode's chance in the library."""
    return int(generator.integers(0, 2**64 - 1, dtype=np.uint64, endpoint=True))
