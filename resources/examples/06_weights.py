# Backward from more than one number
# z is no scalar: backward(v) weighs
# its elements with v, which is a
# vector-Jacobian product.

import torch

x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
y = 2 * x
z = y.view(2, 2)

v = torch.tensor([[1.0, 0.1], [0.01, 0.001]], dtype=torch.float)
z.backward(v)
print(x.grad)
