"""The losses of StyleGAN2 (non-saturating logistic loss, R1 penalty, style mixing), and of a network
for classes.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

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
    """Gradients of weight / 2 * E |d score / d image|^2 (Mescheder et al. 2018; R1 on drawings, R2 on
    pictures of the generator), and the penalty.
    """
    images = images.detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(discriminator(images, *labels).sum(), images, create_graph=True)
    penalty = slope.square().sum(dim=[1, 2, 3]).mean()
    gradients = torch.autograd.grad(
        penalty * (weight / 2), list(discriminator.parameters()), allow_unused=True
    )
    return gradients, penalty.item()


class Adversarial(NamedTuple):
    """A loss of the discriminator and one of the generator, each a function of the scores (N,) of drawings
    and of pictures; row n of both is of the same class.
    """

    discriminator: Callable
    generator: Callable


LOSSES = {
    "logistic": Adversarial(
        lambda images, fakes: (F.softplus(fakes) + F.softplus(-images)).mean(),
        lambda images, fakes: F.softplus(-fakes).mean(),
    ),
    "hinge": Adversarial(  # Lim and Ye 2017
        lambda images, fakes: (F.relu(1 + fakes) + F.relu(1 - images)).mean(),
        lambda images, fakes: -fakes.mean(),
    ),
    "relativistic": Adversarial(  # Jolicoeur-Martineau 2019, RSGAN
        lambda images, fakes: F.softplus(fakes - images).mean(),
        lambda images, fakes: F.softplus(images - fakes).mean(),
    ),
}


def gradients_of_both(generator, discriminator, images, z, labels, loss):
    """Gradients for the discriminator and for the generator, both of one look at the pictures it makes of z,
    the losses and the pictures; drawings and pictures are of the same classes. None for what is not used.
    """
    fakes = generator(z, labels)
    score_fakes = discriminator(fakes, labels)
    score_images = discriminator(images, labels)
    loss_d = loss.discriminator(score_images, score_fakes)
    loss_g = loss.generator(score_images, score_fakes)
    values = {
        "loss_d": loss_d.item(),
        "loss_g": loss_g.item(),
        "score_images": score_images.mean().item(),
        "score_fakes": score_fakes.mean().item(),
    }
    for_d = torch.autograd.grad(
        loss_d, list(discriminator.parameters()), retain_graph=True, allow_unused=True
    )
    for_g = torch.autograd.grad(loss_g, list(generator.parameters()), allow_unused=True)
    return for_d, for_g, values, fakes.detach()
