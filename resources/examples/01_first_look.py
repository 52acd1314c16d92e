# A first look
# Gradients run back from out to x; no_grad hides what it covers, and detach() cuts the graph.

import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y * 3
with torch.no_grad():
    w = y**3
k = (x * 2).detach()
out = z.mean() + (w + k).sum() * 0.1

out.backward()
print(x.grad)
