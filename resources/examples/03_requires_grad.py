# Turning gradients on later
# requires_grad_() changes a tensor in
# place: what is computed from then on
# is recorded.

import torch

torch.manual_seed(0)

a = torch.randn(2, 2)
a = (a * 3) / (a - 1)
print(a.requires_grad)

a.requires_grad_(True)
print(a.requires_grad)

b = (a * a).sum()
print(b.grad_fn)
