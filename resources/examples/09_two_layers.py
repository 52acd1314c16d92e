# Training a small network
# Two layers learn a curve in ten
# steps of gradient descent: forward,
# backward, update, zero.

import torch

torch.manual_seed(0)

inputs = torch.linspace(-1, 1, 8).view(8, 1)
targets = inputs**2

w1 = torch.randn(1, 6, requires_grad=True)
b1 = torch.zeros(6, requires_grad=True)
w2 = (torch.randn(6, 1) * 0.5).requires_grad_()
b2 = torch.zeros(1, requires_grad=True)
parameters = [w1, b1, w2, b2]

for step in range(10):
    hidden = torch.tanh(inputs @ w1 + b1)
    outputs = hidden @ w2 + b2
    loss = ((outputs - targets) ** 2).mean()
    loss.backward()
    print(step, round(loss.item(), 4))
    with torch.no_grad():
        for p in parameters:
            p -= 0.1 * p.grad
            p.grad.zero_()
