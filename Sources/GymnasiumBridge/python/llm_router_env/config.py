"""What an environment is made of: models, and what their answers are worth."""

from dataclasses import dataclass

from . import _library


@dataclass(frozen=True)
class ModelConfig:
    """A model that prompts may be sent to: dollars a call, seconds until its answer, and quality from 0 to 1."""

    name: str
    cost_per_call: float
    latency_mean: float
    latency_std: float
    quality_score: float

    def figures(self):
        """The four numbers, as the library wants them."""
        return (self.cost_per_call, self.latency_mean, self.latency_std, self.quality_score)


@dataclass(frozen=True)
class RewardConfig:
    """reward = quality_weight * quality - cost_weight * cost - latency_penalty * max(0, latency - sla_threshold)

    less quality_miss_penalty * max(0, required - quality), which is off by default.
    """

    cost_weight: float = 1.0
    quality_weight: float = 0.5
    latency_penalty: float = 2.0
    sla_threshold: float = 1.0
    quality_miss_penalty: float = 0.0

    @classmethod
    def balanced(cls):
        """The weights of LLMRouter-v1, which price dollars, quality and seconds alike."""
        return cls(cost_weight=5.0, quality_weight=1.0, latency_penalty=0.5, sla_threshold=3.0)

    def figures(self):
        """The five numbers, as the library wants them."""
        return (
            self.cost_weight,
            self.quality_weight,
            self.latency_penalty,
            self.sla_threshold,
            self.quality_miss_penalty,
        )


def default_models():
    """The five models that the task is known with."""
    return [ModelConfig(name, *figures) for name, figures in _library.presets()]
