"""Faults of published code, each a hook of the training loop, for who wants to repeat published numbers."""

from torch import Tensor

from synthaudit.generators.training.gan import GanTraining


def first_ninth(members: int) -> int:
    """Return how many members the public medGAN code lets the game see, by a fault of its index."""
    return -(-members // 9)


class MedGANReferenceTraining(GanTraining):
    """The public medGAN code: the game sees a ninth of the members, and the critic a generator of lagging statistics.

    What the generator makes with its moving statistics differs from what it makes with the batch's own, as in its own
    step. The critic learns that difference: in a short training the generator never recovers.
    """

    def first_members(self) -> int | None:
        return first_ninth(min(self.data.counts))

    def fake_for_critic(self, latent: Tensor) -> Tensor:
        for part in self.network.generators:
            part.eval()
        fake = self.network.fake(latent)
        for part in self.network.generators:
            part.train()
        return fake


class CorGANReferenceTraining(GanTraining):
    """The public corGAN code: the critic warms up, and all its steps before a generator step see the same records."""

    def critic_steps(self, step: int) -> int:
        critic_warmup = step < 25 or step % 500 == 0
        return 100 if critic_warmup else super().critic_steps(step)

    def real_records(self, repeat: int) -> Tensor:
        if repeat == 0:
            self._records = super().real_records(repeat)
        return self._records
