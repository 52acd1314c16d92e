import torch

x = torch.ones(1, requires_grad=True)

print(x.data)  # still a tensor
print(x.data.requires_grad)  # but outside of the graph

y = 2 * x
x.data *= 100  # changes the value alone, is not recorded

y.backward()
print(x)  # changing data changes the tensor's value
print(x.grad)
