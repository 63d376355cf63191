#include <ATen/ATen.h>

#include "activations.h"
#include "linear.h"
#include "results.h"
#include "tensors.h"

// Matrix products.

namespace whetstone {

namespace {

// Below so many multiplications oneDNN's 10 µs of preparation cost more than its speed gains: measured on two cores
// with AVX-512, 96³ takes MKL 11 µs and oneDNN 15, 128³ 23 and 20, 4 × 256 × 1024 55 and 29.
constexpr int64_t kSmall = 1 << 20;

at::Tensor product2d(const at::Tensor& a, const at::Tensor& b) {
  return a.numel() * b.size(1) < kSmall ? at::mm(a, b) : affine(a, b);
}

/// [..., M, K] · [..., K, N], the leading axes broadcast.
at::Tensor product(const at::Tensor& a, const at::Tensor& b) {
  // cuBLAS has no integers; a double holds every sum of their products up to 2^53.
  if (a.is_cuda() && at::isIntegralType(a.scalar_type(), /*includeBool=*/false)) {
    return at::matmul(a.to(at::kDouble), b.to(at::kDouble)).to(a.scalar_type());
  }
  if (a.dim() == 2 && b.dim() == 2) return product2d(a, b);
  const bool oneMatrix = c10::multiply_integers(b.sizes().begin(), b.sizes().end() - 2) == 1;
  if (!oneMatrix || a.dim() < b.dim() || a.numel() == 0) return at::matmul(a, b);
  // One matrix for all rows of a.
  auto shape = a.sizes().vec();
  shape.back() = b.size(-1);
  return product2d(a.reshape({-1, a.size(-1)}), b.reshape({b.size(-2), b.size(-1)})).reshape(shape);
}

/// matMul(a, b, transposeA, transposeB, bias?, activation?, weights?, leak?) → slot: activation(a · b + bias);
/// `weights` are prelu's, `leak` is leakyrelu's.
napi_value matMul(Args& args) {
  const at::Tensor a = args.boolean(2) ? args.tensor(0).mT() : args.tensor(0);
  const at::Tensor b = args.boolean(3) ? args.tensor(1).mT() : args.tensor(1);
  at::Tensor result = product(a, b);
  if (!args.missing(4)) result = result + args.tensor(4);
  if (!args.missing(5)) {
    const at::Tensor weights = args.missing(6) ? at::Tensor() : args.tensor(6);
    result = activate(args.string(5), result, weights, args.missing(7) ? 0.2 : args.number(7));
  }
  return args.slot(result);
}

/// einsum(equation, slots) → slot
napi_value einsum(Args& args) { return args.slot(at::einsum(args.string(0), args.tensors(1))); }

}  // namespace

void defineProducts(napi_env env, napi_value exports) {
  define(env, exports, "matMul", matMul);
  define(env, exports, "einsum", einsum);
}

}  // namespace whetstone
