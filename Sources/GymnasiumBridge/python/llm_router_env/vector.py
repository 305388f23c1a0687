"""Many environments in one call."""

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from ._batch import FIGURES, FLAGS, Batch, draw_seed

MODES = {AutoresetMode.NEXT_STEP: 0, AutoresetMode.SAME_STEP: 1, AutoresetMode.DISABLED: 2}


class LLMRouterVectorEnv(VectorEnv):
    """What `SyncVectorEnv` makes of as many `LLMRouterEnv`, bit by bit, at the speed of native code.

    Environment i has a generator seeded with seed + i, of which each of its episodes takes one draw, as there.
    """

    def __init__(
        self,
        num_envs=1,
        models=None,
        reward_config=None,
        episode_length=1000,
        budget=10.0,
        max_queue_depth=50.0,
        level="upstream",
        include_quality_required=False,
        include_steps_remaining=False,
        autoreset_mode=AutoresetMode.NEXT_STEP,
    ):
        options = {
            "level": level,
            "episode_length": episode_length,
            "budget": budget,
            "max_queue_depth": max_queue_depth,
            "include_quality_required": include_quality_required,
            "include_steps_remaining": include_steps_remaining,
        }
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {"render_modes": [], "autoreset_mode": self.autoreset_mode}
        self.num_envs = num_envs
        self._batch = Batch(num_envs, MODES[self.autoreset_mode], models, reward_config, options)
        self.single_observation_space, self.single_action_space = self._batch.spaces()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        # By environment, its generator, and what decides the chance of its next episode: drawn before it is needed.
        self._generators = [None] * num_envs
        self._seeds = [0] * num_envs

    def reset(self, *, seed=None, options=None):
        """Begins episodes in all environments, or in those of `options["reset_mask"]`."""
        if isinstance(seed, (int, np.integer)):
            seed = [int(seed) + index for index in range(self.num_envs)]
        seeds = [None] * self.num_envs if seed is None else list(seed)
        if len(seeds) != self.num_envs:
            raise ValueError(f"{len(seeds)} seeds were given for {self.num_envs} environments: give one for each")
        for index in np.flatnonzero(self._mask(options)).tolist():
            if seeds[index] is not None or self._generators[index] is None:
                self._generators[index], _ = gym.utils.seeding.np_random(seeds[index])
                self._seeds[index] = draw_seed(self._generators[index])
            self._batch.reset(index, self._seeds[index])
            self._prepare(index)
        return self._batch.observations.copy(), {}

    def step(self, actions):
        """Takes a step in each environment."""
        actions = np.asarray(actions)
        if actions.shape != (self.num_envs,) or actions.dtype.kind not in "iu":
            raise ValueError(
                f"actions are {self.num_envs} integers, not {actions.dtype} of shape {actions.shape}"
            )
        batch = self._batch
        batch.step(actions)
        figures, flags = batch.figures.copy(), batch.flags.copy()
        begun = flags[2]
        any_begun = bool(begun.any())
        if any_begun:
            for index in np.flatnonzero(begun).tolist():
                self._prepare(index)
        infos = self._infos(figures, flags, actions, begun, any_begun)
        return batch.observations.copy(), figures[0], flags[0], flags[1], infos

    def _infos(self, figures, flags, actions, begun, any_begun):
        """What steps came to, but for environments that have begun an episode instead or as well."""
        names = self._batch.names[actions]
        columns = dict(zip(FIGURES, figures[1:]))
        columns.update(zip(FLAGS, flags[3:]))
        columns["model_name"] = names
        if not any_begun:
            mask = np.ones(self.num_envs, np.bool_)
            return self._masked(columns, mask)
        infos = {} if begun.all() else self._masked(self._where(columns, ~begun), ~begun)
        if self.autoreset_mode == AutoresetMode.SAME_STEP:
            final = np.full(self.num_envs, None, dtype=object)
            for index in np.flatnonzero(begun).tolist():
                final[index] = self._batch.final_observations[index].copy()
            infos["final_obs"], infos["_final_obs"] = final, begun.copy()
            infos["final_info"] = self._masked(self._where(columns, begun), begun)
            infos["_final_info"] = begun.copy()
        return infos

    @staticmethod
    def _where(columns, mask):
        """The columns where the mask says, and nothing elsewhere."""
        kept = {}
        for key, column in columns.items():
            kept[key] = np.full(len(mask), None) if column.dtype == object else np.zeros_like(column)
            kept[key][mask] = column[mask]
        return kept

    @staticmethod
    def _masked(columns, mask):
        infos = dict(columns)
        for key in columns:
            infos[f"_{key}"] = mask.copy()
        return infos

    def _mask(self, options):
        mask = (options or {}).get("reset_mask")
        if mask is None:
            return np.ones(self.num_envs, np.bool_)
        if not isinstance(mask, np.ndarray) or mask.shape != (self.num_envs,) or mask.dtype != np.bool_:
            raise ValueError(f"reset_mask is an array of {self.num_envs} booleans")
        if not mask.any():
            raise ValueError("reset_mask says that no environment is to be reset")
        return mask

    def _prepare(self, index):
        self._seeds[index] = draw_seed(self._generators[index])
        self._batch.seed_next(index, self._seeds[index])

    def close_extras(self, **kwargs):
        """Lets go of the native environments."""
        self._batch.close()
