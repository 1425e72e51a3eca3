"""The losses of StyleGAN2 (non-saturating logistic loss, R1 penalty, style mixing) and of BigGAN (hinge
loss).
"""

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


def discriminator_gradients(discriminator, images, fakes):
    """Gradients of the logistic loss for the discriminator (Goodfellow et al. 2014), and its losses.

    None for what it does not use: the layers that a grown network faded out.
    """
    score_fakes, score_images = discriminator(fakes), discriminator(images)
    loss = F.softplus(score_fakes).mean() + F.softplus(-score_images).mean()
    values = {
        "loss_d": loss.item(),
        "score_images": score_images.mean().item(),
        "score_fakes": score_fakes.mean().item(),
    }
    return torch.autograd.grad(loss, list(discriminator.parameters()), allow_unused=True), values


def generator_gradients(generator, discriminator, fakes):
    """Gradients of the non-saturating loss for the generator that made the fakes, None for what it does not
    use, and the loss.
    """
    loss = F.softplus(-discriminator(fakes)).mean()
    return torch.autograd.grad(loss, list(generator.parameters()), allow_unused=True), {"loss_g": loss.item()}


def r1_gradients(discriminator, images, weight, *labels):
    """Gradients of weight / 2 * E |d score / d image|^2 on drawn pictures (Mescheder et al. 2018), and the
    penalty.
    """
    images = images.detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(discriminator(images, *labels).sum(), images, create_graph=True)
    penalty = slope.square().sum(dim=[1, 2, 3]).mean()
    gradients = torch.autograd.grad(
        penalty * (weight / 2), list(discriminator.parameters()), allow_unused=True
    )
    return gradients, penalty.item()


def hinge_discriminator_gradients(discriminator, images, fakes, labels):
    """Gradients of the hinge loss for the discriminator (Lim and Ye 2017), and its losses; drawings and
    pictures are of the same classes.
    """
    score_fakes, score_images = discriminator(fakes, labels), discriminator(images, labels)
    loss = F.relu(1 + score_fakes).mean() + F.relu(1 - score_images).mean()
    values = {
        "loss_d": loss.item(),
        "score_images": score_images.mean().item(),
        "score_fakes": score_fakes.mean().item(),
    }
    return torch.autograd.grad(loss, list(discriminator.parameters())), values


def hinge_generator_gradients(generator, discriminator, z, labels):
    """Gradients for the generator, whose pictures are to be scored high, and its loss."""
    loss = -discriminator(generator(z, labels), labels).mean()
    return torch.autograd.grad(loss, list(generator.parameters())), {"loss_g": loss.item()}
