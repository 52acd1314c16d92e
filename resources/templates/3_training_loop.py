# A training loop
# A module and an optimizer, a few steps of forward, backward, step
# and zero_grad.

import torch
from torch import nn

torch.manual_seed(0)

inputs = torch.linspace(-1, 1, 8).view(8, 1)
targets = inputs**2

model = nn.Sequential(nn.Linear(1, 6), nn.Tanh(), nn.Linear(6, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for step in range(5):
    loss = nn.functional.mse_loss(model(inputs), targets)
    loss.backward()
    print(step, round(loss.item(), 4))
    optimizer.step()
    optimizer.zero_grad()
