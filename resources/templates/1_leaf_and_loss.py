# A leaf and a loss
# One tensor that needs a gradient, one number made of it, and the
# backward pass between them.

import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)

loss = (x * x).sum()
loss.backward()

print(x.grad)
