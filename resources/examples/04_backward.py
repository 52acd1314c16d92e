# A backward pass
# out is a scalar, so backward() needs
# no argument; each element of x.grad
# is 3 (x + 2) / 2.

import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y * 3
out = z.mean()

out.backward()
print(x.grad)
