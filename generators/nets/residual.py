"""The generator of the medGAN family: layers of one width that may add their input to their output."""

from torch import Tensor, nn

from synthaudit.generators.nets.layers import Activation, BatchNorm, Linear


class Residual(nn.Module):
    """Noise to latent codes, ``(K, b, z)`` to ``(K, b, z)``: relu layers, a tanh at the end, shortcuts around each.

    The shortcut is added after the last tanh too, so codes are not confined to [-1, 1] (as published).
    """

    def __init__(self, models: int, width: int, *, layers: int, shortcut: bool, batch_norm: bool) -> None:
        super().__init__()
        self.shortcut = shortcut
        self.layers = nn.ModuleList(
            nn.Sequential(
                Linear(models, width, width, bias=not batch_norm),
                BatchNorm(models, width) if batch_norm else nn.Identity(),
                Activation("tanh" if at == layers - 1 else "relu"),
            )
            for at in range(layers)
        )

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x) + x if self.shortcut else layer(x)
        return x
