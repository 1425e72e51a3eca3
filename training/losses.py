"""The losses of StyleGAN2: non-saturating logistic loss, R1 penalty, style mixing."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def mixed_latents(generator, n, mixing, latent):
    """w (N, L, D) for a batch, and the plain w (N, D) it began with.

    With probability `mixing` all layers from a random one on take another latent's w (StyleGAN, section 3.1).
    """
    layers = generator.n_layers
    first = generator.mapping(torch.randn(n, latent))
    w = first[:, None].expand(-1, layers, -1)
    if torch.rand([]) < mixing:
        second = generator.mapping(torch.randn(n, latent))[:, None].expand(-1, layers, -1)
        crossover = int(torch.randint(1, layers, []))
        w = torch.cat([w[:, :crossover], second[:, crossover:]], dim=1)
    return w, first


def logistic_gradients(generator, discriminator, images, w):
    """One forward pass, both players' gradients (Goodfellow et al. 2014, the non-saturating form).

    Both are taken from the same fakes at the same weights (simultaneous instead of alternating steps), which
    saves a pass of the generator and one of the discriminator. Returns gradients by player, and the losses
    as floats.
    """
    fakes = generator.synthesis(w)
    score_fakes, score_images = discriminator(fakes), discriminator(images)
    loss_d = F.softplus(score_fakes).mean() + F.softplus(-score_images).mean()
    loss_g = F.softplus(-score_fakes).mean()
    gradients_d = torch.autograd.grad(loss_d, list(discriminator.parameters()), retain_graph=True)
    gradients_g = torch.autograd.grad(loss_g, list(generator.parameters()), allow_unused=True)
    values = {
        "loss_g": loss_g.item(),
        "loss_d": loss_d.item(),
        "score_images": score_images.mean().item(),
        "score_fakes": score_fakes.mean().item(),
    }
    return gradients_g, gradients_d, values


def r1_gradients(discriminator, images, weight):
    """Gradients of weight / 2 * E |d score / d image|^2 on drawn pictures (Mescheder et al. 2018), and the
    penalty.
    """
    images = images.detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(discriminator(images).sum(), images, create_graph=True)
    penalty = slope.square().sum(dim=[1, 2, 3]).mean()
    gradients = torch.autograd.grad(
        penalty * (weight / 2), list(discriminator.parameters()), allow_unused=True
    )
    return gradients, penalty.item()
