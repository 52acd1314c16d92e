# A first look
# Gradients run back from out to x;
# no_grad hides w from autograd, and
# detach() cuts k off.

import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y * 3
out = z.mean()

with torch.no_grad():
    w = y**3
k = (x * 2).detach()

out.backward()
print(x.grad)
