"""One environment, as Gymnasium wants it."""

import operator

import gymnasium as gym

from ._batch import FIGURES, FLAGS, Batch, draw_seed

DISABLED = 2


class LLMRouterEnv(gym.Env):
    """A day's prompts, the models to send them to, and a budget.

    Observations are, each from 0 to 1: length and complexity of the prompt, the depth of each model's queue, the time of
    day, what is left of the budget; then, where asked for, the quality that the prompt requires, and the share of steps
    that are left. An action is a model's number. Time truncates an episode, and a spent budget terminates it.

    level: "upstream" is the published task, "literal" its description, "real" has servers with queues (LLMRouter-v1).
    """

    metadata = {"render_modes": []}

    def __init__(
        self,
        models=None,
        reward_config=None,
        episode_length=1000,
        budget=10.0,
        max_queue_depth=50.0,
        level="upstream",
        include_quality_required=False,
        include_steps_remaining=False,
    ):
        options = {
            "level": level,
            "episode_length": episode_length,
            "budget": budget,
            "max_queue_depth": max_queue_depth,
            "include_quality_required": include_quality_required,
            "include_steps_remaining": include_steps_remaining,
        }
        self._batch = Batch(1, DISABLED, models, reward_config, options)
        self.observation_space, self.action_space = self._batch.spaces()

    @property
    def models(self):
        """What actions stand for."""
        return self._batch.models

    def reset(self, *, seed=None, options=None):
        """Begins an episode: chance goes on from the last one, or begins anew with a seed."""
        super().reset(seed=seed)
        self._batch.reset(0, draw_seed(self.np_random))
        return self._batch.observations[0].copy(), {}

    def step(self, action):
        """Sends the prompt to the model of this number."""
        batch, number = self._batch, operator.index(action)
        batch.step(number)
        reward, *figures = batch.figures[:, 0].tolist()
        terminated, truncated, _, *flags = batch.flags[:, 0].tolist()
        info = dict(zip(FIGURES, figures))
        info.update(zip(FLAGS, flags))
        info["model_name"] = batch.models[number].name
        return batch.observations[0].copy(), reward, terminated, truncated, info

    def close(self):
        """Lets go of the native environment."""
        if hasattr(self, "_batch"):
            self._batch.close()
