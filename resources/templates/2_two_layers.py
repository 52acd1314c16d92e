# A two-layer network
# Two linear layers with a nonlinearity between them, and their
# gradients.

import torch

torch.manual_seed(0)

inputs = torch.randn(4, 3)
targets = torch.randn(4, 1)

w1 = torch.randn(3, 5, requires_grad=True)
b1 = torch.zeros(5, requires_grad=True)
w2 = torch.randn(5, 1, requires_grad=True)
b2 = torch.zeros(1, requires_grad=True)

hidden = torch.relu(inputs @ w1 + b1)
outputs = hidden @ w2 + b2
loss = ((outputs - targets) ** 2).mean()

loss.backward()
print(loss)
