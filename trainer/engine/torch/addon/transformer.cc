#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <array>
#include <utility>

#include "layers.h"
#include "projection.h"
#include "loops.h"
#include "model.h"
#include "tensors.h"

// The whole transformer in one call. Its derivative is libtorch's: the output keeps the graph until TensorFlow.js disposes of it.

namespace whetstone {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The residual stream [N, width] fp32 and what the last block has yet to add to it.
struct Stream {
  at::Tensor x, delta;
};

Stream block(const ModelShape& shape, const LayerWeights& own, const AttentionInput& input, const Stream& before,
             at::ScalarType type) {
  auto linear = [&](const at::Tensor& x, const Projection& by) { return project(x, by, shape.adapterScale); };
  auto normed = [&](const at::Tensor& heads, const at::Tensor& gain) {
    return gain.defined() ? normHeads(heads, gain, shape.normEpsilon) : heads;
  };
  const Normed first = addNorm(before.x, before.delta, own.norm1, own.norm1Bias, shape.normEpsilon, type);
  const at::Tensor query = normed(linear(first.normed, own.query), own.queryNorm);
  at::Tensor key, value;
  if (own.key.defined()) {
    key = normed(linear(first.normed, own.key), own.keyNorm);
    value = linear(first.normed, own.value);
  }
  const at::Tensor mixed = attend(shape, input, query, key, value);
  const Normed second =
      addNorm(first.sum, linear(mixed, own.output), own.norm2, own.norm2Bias, shape.normEpsilon, type);
  const at::Tensor up = linear(second.normed, own.up);
  const at::Tensor inner = own.gate.defined() ? swiGlu(linear(second.normed, own.gate), up) : geluNew(up);
  return {second.sum, linear(inner, own.down)};
}

AttentionInput attentionInput(const ModelShape& shape, const at::Tensor& mask, bool rightPadded, at::ScalarType type) {
  AttentionInput input;
  input.batch = mask.size(0);
  input.length = mask.size(1);
  const auto options = at::TensorOptions(at::kInt).device(mask.device());
  if (rightPadded) {
    input.positions = at::arange(input.length, options).expand({input.batch, input.length}).reshape({-1});
  } else {
    // Beside padding, 0, a row may hold examples 1, 2 …: a token sees its own alone, and positions begin at 0 in each.
    const at::Tensor keys = mask.view({input.batch, 1, 1, input.length});
    const at::Tensor visible = at::ones({input.length, input.length}, mask.options().dtype(at::kBool)).tril();
    // Every query sees itself, so that a row of padding has no softmax over nothing.
    const at::Tensor own = at::eye(input.length, mask.options().dtype(at::kBool));
    const at::Tensor seen = (visible & keys.ne(0) & keys.eq(mask.view({input.batch, 1, input.length, 1}))) | own;
    input.positions = (seen.sum(3) - 1).clamp(0, shape.maxPositions - 1).to(at::kInt).reshape({-1});
    input.mask = at::zeros(seen.sizes(), mask.options().dtype(type)).masked_fill_(~seen, -1e9);
  }
  if (shape.llama) input.rope = makeRope(shape, input.length, mask.device());
  return input;
}

constexpr size_t kMembers = 6 + 7 * 4;

/// All of a block that is a parameter, in one order.
std::array<at::Tensor*, kMembers> membersOf(LayerWeights& own) {
  std::array<at::Tensor*, kMembers> members{&own.norm1, &own.norm1Bias, &own.norm2,
                                            &own.norm2Bias, &own.queryNorm, &own.keyNorm};
  size_t next = 6;
  for (Projection* each : {&own.query, &own.key, &own.value, &own.output, &own.gate, &own.up, &own.down}) {
    for (at::Tensor* part : {&each->weight, &each->bias, &each->loraA, &each->loraB}) members[next++] = part;
  }
  return members;
}

/// What a block is computed from beside tensors that are differentiated by.
struct BlockSetting : torch::CustomClassHolder {
  ModelShape shape;
  AttentionInput attention;
  at::ScalarType type;
};

/// From the stream's two tensors (the second may be missing) and the block's parameters.
Stream blockOf(const BlockSetting& setting, const std::vector<Optional>& inputs) {
  LayerWeights own;
  const auto members = membersOf(own);
  for (size_t i = 0; i < kMembers; i++) *members[i] = inputs[2 + i].value_or(at::Tensor());
  return block(setting.shape, own, setting.attention, {*inputs[0], inputs[1].value_or(at::Tensor())}, setting.type);
}

/// libtorch's, where some of the outputs may depend on nothing that learns.
variable_list gradientsOf(const variable_list& outputs, const variable_list& leaves, const variable_list& upstream) {
  variable_list dependent, given;
  for (size_t i = 0; i < outputs.size(); i++) {
    if (!outputs[i].requires_grad()) continue;
    dependent.push_back(outputs[i]);
    given.push_back(upstream[i]);
  }
  return torch::autograd::grad(dependent, leaves, given);
}

/// A block of which only the input is kept: its insides are computed again in the backward pass (Chen et al. 2016).
struct Recomputed : torch::autograd::Function<Recomputed> {
  template <typename... Inputs>
  static variable_list forward(AutogradContext* context, const c10::intrusive_ptr<BlockSetting>& setting,
                               const Inputs&... tensors) {
    const std::vector<Optional> inputs{tensors...};
    const Stream after = blockOf(*setting, inputs);
    context->saved_data["inputs"] = c10::List<Optional>(inputs);
    context->saved_data["setting"] = c10::IValue::make_capsule(setting);
    return {after.x, after.delta};
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    const auto capsule = context->saved_data["setting"].toCapsule();
    const auto& setting = *static_cast<BlockSetting*>(capsule.get());
    at::AutoGradMode on(true);
    std::vector<Optional> inputs;
    variable_list leaves;
    std::vector<size_t> places;
    for (const c10::IValue& kept : context->saved_data["inputs"].toListRef()) {
      if (kept.isNone()) {
        inputs.emplace_back();
        continue;
      }
      const bool learns = kept.toTensor().requires_grad();
      inputs.emplace_back(kept.toTensor().detach().requires_grad_(learns));
      if (!learns) continue;
      leaves.push_back(*inputs.back());
      places.push_back(inputs.size());  // behind the setting
    }
    const Stream after = blockOf(setting, inputs);
    const auto found = gradientsOf({after.x, after.delta}, leaves, outputs);
    variable_list gradients(1 + inputs.size());
    for (size_t i = 0; i < places.size(); i++) gradients[places[i]] = found[i];
    return gradients;
  }
};

Stream recomputedBlock(const ModelShape& shape, LayerWeights own, const AttentionInput& attention, const Stream& before,
                       at::ScalarType type) {
  auto setting = c10::make_intrusive<BlockSetting>();
  setting->shape = shape, setting->attention = attention, setting->type = type;
  const auto members = membersOf(own);
  const auto after = [&]<size_t... i>(std::index_sequence<i...>) {
    return Recomputed::apply(setting, Optional(before.x), given(before.delta), given(*members[i])...);
  }(std::make_index_sequence<kMembers>());
  return {after[0], after[1]};
}

at::Tensor forward(const ModelShape& shape, const Weights& weights, const at::Tensor& tokens, const at::Tensor& mask,
                   bool rightPadded, bool checkpointing, at::ScalarType type) {
  TORCH_CHECK(tokens.sizes() == mask.sizes(), "tokens are ", tokens.sizes(), ", the mask is ", mask.sizes());
  const int64_t batch = tokens.size(0);
  const int64_t length = tokens.size(1);
  const AttentionInput input = attentionInput(shape, mask, rightPadded, type);
  Stream stream;
  stream.x = at::embedding(weights.embedding, tokens.reshape({-1}));
  if (weights.positions.defined()) {
    if (rightPadded) {
      stream.x = (stream.x.view({batch, length, -1}) + weights.positions.narrow(0, 0, length)).view({batch * length, -1});
    } else {
      stream.x = stream.x + at::embedding(weights.positions, input.positions);
    }
  }
  for (const LayerWeights& own : weights.layers) {
    stream = checkpointing ? recomputedBlock(shape, own, input, stream, type) : block(shape, own, input, stream, type);
  }
  const Normed last =
      addNorm(stream.x, stream.delta, weights.norm, weights.normBias, shape.normEpsilon, at::kFloat);
  return last.normed.view({batch, length, shape.width});
}

/// transformerForward(config, names, parameters: slots, learns: numbers, tokens, mask, rightPadded, checkpointing, records, bf16) → [hidden, graph]
/// hidden [B, T, width] float32; graph is to be given to transformerBackward, and undefined unless `records`.
napi_value transformerForward(Args& args) {
  const ModelShape shape = shapeFrom(args, 0);
  std::vector<at::Tensor> parameters = args.tensors(2);
  const std::vector<int64_t> learns = args.integers(3);
  TORCH_CHECK(learns.size() == parameters.size(), learns.size(), " flags for ", parameters.size(), " parameters");
  const bool records = args.boolean(8);
  const auto type = args.boolean(9) ? at::kBFloat16 : at::kFloat;
  at::AutoGradMode mode(records);
  if (records) {
    for (size_t i = 0; i < parameters.size(); i++) {
      // What does not learn here may learn in another model that shares it.
      if (learns[i] == 0) parameters[i] = parameters[i].detach();
      else parameters[i].requires_grad_(true);
    }
  }
  const Weights weights = weightsFrom(shape, args.strings(1), parameters);
  const at::Tensor hidden =
      forward(shape, weights, args.tensor(4), args.tensor(5), args.boolean(6), records && args.boolean(7), type);
  if (!records) return args.slots({hidden});
  return args.slots({hidden.detach(), hidden});
}

/// transformerBackward(graph, dHidden, parameters: slots of those that learn) → gradients: slots, in that order, zeros for what has no part in it
napi_value transformerBackward(Args& args) {
  const auto parameters = args.tensors(2);
  auto gradients = torch::autograd::grad({args.tensor(0)}, parameters, {args.tensor(1)}, /*retain_graph=*/false,
                                         /*create_graph=*/false, /*allow_unused=*/true);
  for (size_t i = 0; i < gradients.size(); i++) {
    if (!gradients[i].defined()) gradients[i] = at::zeros_like(parameters[i]);
  }
  return args.slots(std::move(gradients));
}

}  // namespace

void defineTransformer(napi_env env, napi_value exports) {
  define(env, exports, "transformerForward", transformerForward);
  define(env, exports, "transformerBackward", transformerBackward);
}

}  // namespace whetstone
