import torch

x = torch.ones(2, 2, requires_grad=True)
out = ((x + 2) ** 2 * 3).mean()
out.backward(torch.tensor(1.0))
print(x.grad, out.detach(), out.detach().requires_grad)
