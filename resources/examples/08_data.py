# Writing past autograd
# x.data shares x's values but not its
# history: the write changes x, the
# gradient knows nothing of it.

import torch

x = torch.ones(1, requires_grad=True)

print(x.data)
print(x.data.requires_grad)

y = 2 * x
x.data *= 100

y.backward()
print(x)
print(x.grad)
