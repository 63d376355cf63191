#include <ATen/ATen.h>

#include "activations.h"
#include "tensors.h"

// Convolutions and pooling in two and three dimensions, and batch normalisation. TensorFlow.js mostly keeps the
// channels last and pads each side by its own amount, libtorch keeps them second and pads both alike: so everything is
// padded (or, by a negative amount, cut) beforehand.

namespace whetstone {

namespace {

/// How a window moves over an image; the arguments from `i` on: kernel, strides, paddings [before, after, …],
/// dilations, the channels' axis.
struct Window {
  std::vector<int64_t> kernel, strides, paddings, dilations, none;
  int64_t channels;

  Window(const Args& args, size_t i)
      : kernel(args.integers(i)),
        strides(args.integers(i + 1)),
        dilations(args.integers(i + 3)),
        none(kernel.size(), 0),
        channels(args.integer(i + 4)) {
    const auto given = args.integers(i + 2);
    // libtorch begins with the last axis.
    for (size_t axis = kernel.size(); axis-- > 0;) {
      paddings.push_back(given[2 * axis]);
      paddings.push_back(given[2 * axis + 1]);
    }
  }

  bool flat() const { return kernel.size() == 2; }
  at::Tensor channelsSecond(const at::Tensor& x) const { return x.movedim(channels, 1); }
  at::Tensor channelsBack(const at::Tensor& x) const { return x.movedim(1, channels); }
  // Contiguous, as the backward convolutions ask for.
  at::Tensor padded(const at::Tensor& x, double value = 0) const {
    return at::constant_pad_nd(x, paddings, value).contiguous();
  }

  at::Tensor unpadded(const at::Tensor& x) const {
    std::vector<int64_t> opposite;
    for (const int64_t padding : paddings) opposite.push_back(-padding);
    return at::constant_pad_nd(x, opposite);
  }
};

/// A filter [..., in, out] as libtorch's weight [out, in, ...]; one of a depthwise convolution, [..., in, times],
/// as [in · times, 1, ...].
at::Tensor weightOf(const at::Tensor& filter, bool depthwise) {
  if (!depthwise) return filter.movedim({-1, -2}, {0, 1}).contiguous();
  return filter.movedim({-2, -1}, {0, 1}).flatten(0, 1).unsqueeze(1).contiguous();
}

at::Tensor filterOf(const at::Tensor& weight, at::IntArrayRef shape, bool depthwise) {
  if (!depthwise) return weight.movedim({0, 1}, {-1, -2});
  const auto rank = shape.size();
  return weight.squeeze(1).unflatten(0, {shape[rank - 2], shape[rank - 1]}).movedim({0, 1}, {-2, -1});
}

/// convolution(x, filter, kernel, strides, paddings, dilations, channels, depthwise, bias?, activation?, weights?, leak?)
/// → slot: activation(x ∗ filter + bias)
napi_value convolution(Args& args) {
  const at::Tensor& filter = args.tensor(1);
  const Window window(args, 2);
  const bool depthwise = args.boolean(7);
  const at::Tensor x = window.padded(window.channelsSecond(args.tensor(0)));
  const int64_t groups = depthwise ? x.size(1) : 1;
  at::Tensor result = at::convolution(x, weightOf(filter, depthwise), {}, window.strides, window.none,
                                      window.dilations, /*transposed=*/false, window.none, groups);
  result = window.channelsBack(result);
  // Of a channel each, wherever the channels are.
  auto aligned = [&](const at::Tensor& x) {
    return window.channels == 1 && x.dim() == 1 && x.size(0) > 1 ? x.reshape({-1, 1, 1}) : x;
  };
  if (!args.missing(8)) result = result + aligned(args.tensor(8));
  if (!args.missing(9)) {
    const at::Tensor weights = args.missing(10) ? at::Tensor() : aligned(args.tensor(10));
    result = activate(args.string(9), result, weights, args.missing(11) ? 0.2 : args.number(11));
  }
  return args.slot(result);
}

/// The gradients of x (padded, channels second) or of the filter by those of the convolution.
std::pair<at::Tensor, at::Tensor> gradients(const Window& window, const at::Tensor& dy, const at::Tensor& x,
                                            const at::Tensor& filter, bool depthwise, bool ofFilter) {
  const int64_t groups = depthwise ? x.size(1) : 1;
  const auto all = at::convolution_backward(window.channelsSecond(dy).contiguous(), x, weightOf(filter, depthwise),
                                            at::OptionalIntArrayRef(), window.strides, window.none,
                                            window.dilations, /*transposed=*/false, window.none, groups,
                                            {!ofFilter, ofFilter, false});
  return {std::get<0>(all), std::get<1>(all)};
}

/// convolutionInputGrad(dy, filter, kernel, strides, paddings, dilations, channels, depthwise, shape of x) → slot
napi_value convolutionInputGrad(Args& args) {
  const at::Tensor& dy = args.tensor(0);
  const Window window(args, 2);
  const at::Tensor x = window.padded(window.channelsSecond(at::empty(args.integers(8), dy.options())));
  const at::Tensor dx = gradients(window, dy, x, args.tensor(1), args.boolean(7), /*ofFilter=*/false).first;
  return args.slot(window.channelsBack(window.unpadded(dx)));
}

/// convolutionFilterGrad(x, dy, kernel, strides, paddings, dilations, channels, depthwise, the filter's shape) → slot
napi_value convolutionFilterGrad(Args& args) {
  const at::Tensor& dy = args.tensor(1);
  const Window window(args, 2);
  const bool depthwise = args.boolean(7);
  const at::Tensor x = window.padded(window.channelsSecond(args.tensor(0)));
  const at::Tensor filter = at::empty(args.integers(8), dy.options());
  const at::Tensor dWeight = gradients(window, dy, x, filter, depthwise, /*ofFilter=*/true).second;
  return args.slot(filterOf(dWeight, filter.sizes(), depthwise));
}

/// x padded for a search of the greatest: neither padding nor NaN is it.
at::Tensor forMaximum(const at::Tensor& x, const Window& window) {
  const at::Tensor numbers = at::nan_to_num(x.to(at::kFloat), -INFINITY, INFINITY, -INFINITY);
  return window.padded(window.channelsSecond(numbers), -INFINITY);
}

/// maxPool(x, kernel, strides, paddings, dilations, channels) → slot
napi_value maxPool(Args& args) {
  const at::Tensor& given = args.tensor(0);
  const Window window(args, 1);
  const at::Tensor x = forMaximum(given, window);
  const auto pool = window.flat() ? at::max_pool2d : at::max_pool3d;
  const at::Tensor most = pool(x, window.kernel, window.strides, window.none, window.dilations, false);
  return args.slot(window.channelsBack(most).to(given.scalar_type()));
}

/// maxPoolGrad(dy, x, kernel, strides, paddings, dilations, channels) → slot
napi_value maxPoolGrad(Args& args) {
  const Window window(args, 2);
  const at::Tensor dy = window.channelsSecond(args.tensor(0));
  const auto& [kernel, strides, paddings, dilations, none, channels] = window;
  const at::Tensor x = forMaximum(args.tensor(1), window);
  const auto pool = window.flat() ? at::max_pool2d_with_indices : at::max_pool3d_with_indices;
  const auto back =
      window.flat() ? at::max_pool2d_with_indices_backward : at::max_pool3d_with_indices_backward;
  const at::Tensor indices = std::get<1>(pool(x, kernel, strides, none, dilations, false));
  const at::Tensor dx = back(dy.contiguous(), x, kernel, strides, none, dilations, false, indices);
  return args.slot(window.channelsBack(window.unpadded(dx)));
}

/// The sum under each window over x [N, C, ...].
at::Tensor windowSum(const at::Tensor& x, const Window& window) {
  const auto& [kernel, strides, paddings, dilations, none, channels] = window;
  const auto pool = window.flat() ? at::avg_pool2d : at::avg_pool3d;
  return pool(x, kernel, strides, none, false, true, /*divisor_override=*/1);
}

/// How many elements of x [N, ..., C] each window covers, padding not counted, at least 1: [1, 1, ...].
at::Tensor windowCount(const at::Tensor& x, const Window& window) {
  auto shape = x.sizes().vec();
  shape.front() = shape.back() = 1;
  const at::Tensor ones = at::ones(shape, x.options().dtype(at::kFloat));
  return windowSum(window.padded(window.channelsSecond(ones)), window).clamp_min(1);
}

/// avgPool(x, kernel, strides, paddings, dilations, channels) → slot
napi_value avgPool(Args& args) {
  const at::Tensor& x = args.tensor(0);
  const Window window(args, 1);
  const at::Tensor sum = windowSum(window.padded(window.channelsSecond(x.to(at::kFloat))), window);
  return args.slot(window.channelsBack(sum / windowCount(x, window)).to(x.scalar_type()));
}

/// avgPoolGrad(dy, x, kernel, strides, paddings, dilations, channels) → slot
napi_value avgPoolGrad(Args& args) {
  const at::Tensor& given = args.tensor(1);
  const Window window(args, 2);
  const auto& [kernel, strides, paddings, dilations, none, channels] = window;
  const at::Tensor x = window.padded(window.channelsSecond(given));
  const at::Tensor dy = (window.channelsSecond(args.tensor(0)) / windowCount(given, window)).contiguous();
  const auto back = window.flat() ? at::avg_pool2d_backward : at::avg_pool3d_backward;
  const at::Tensor dx = back(dy, x, kernel, strides, none, false, true, /*divisor_override=*/1);
  return args.slot(window.channelsBack(window.unpadded(dx)));
}

/// batchNorm(x, mean, variance, offset?, scale?, epsilon) → slot
napi_value batchNorm(Args& args) {
  at::Tensor result = (args.tensor(0) - args.tensor(1)) * at::rsqrt(args.tensor(2) + args.number(5));
  if (!args.missing(4)) result = result * args.tensor(4);
  if (!args.missing(3)) result = result + args.tensor(3);
  return args.slot(result);
}

}  // namespace

void defineConvolutions(napi_env env, napi_value exports) {
  define(env, exports, "convolution", convolution);
  define(env, exports, "convolutionInputGrad", convolutionInputGrad);
  define(env, exports, "convolutionFilterGrad", convolutionFilterGrad);
  define(env, exports, "maxPool", maxPool);
  define(env, exports, "maxPoolGrad", maxPoolGrad);
  define(env, exports, "avgPool", avgPool);
  define(env, exports, "avgPoolGrad", avgPoolGrad);
  define(env, exports, "batchNorm", batchNorm);
}

}  // namespace whetstone
