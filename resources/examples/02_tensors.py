# Leaves and grad_fn
# A tensor made by hand is a leaf; one
# that an op made knows the op as its
# grad_fn.

import torch

x = torch.ones(2, 2, requires_grad=True)
print(x)
print(x.grad_fn)

y = x + 2
print(y)
print(y.grad_fn)

print(x.is_leaf, y.is_leaf)
