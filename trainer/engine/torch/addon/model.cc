#include "model.h"

#include <unordered_map>

namespace whetstone {

namespace {

/// A Float32Array of the object.
std::vector<double> numbersFrom(const Args& args, napi_value object, const char* key) {
  const napi_value property = args.get(object, key);
  napi_typedarray_type type;
  size_t length;
  void* data;
  if (property == nullptr ||
      napi_get_typedarray_info(args.env(), property, &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_float32_array) {
    throw std::invalid_argument(std::string("the configuration has no Float32Array ") + key);
  }
  const float* values = static_cast<const float*>(data);
  return {values, values + length};
}

/// Parameters by name, each to be taken.
class Named {
 public:
  Named(const std::vector<std::string>& names, const std::vector<at::Tensor>& parameters) {
    TORCH_CHECK(names.size() == parameters.size(), names.size(), " names for ", parameters.size(), " parameters");
    for (size_t i = 0; i < names.size(); i++) byName_.emplace(names[i], parameters[i]);
  }

  at::Tensor find(const std::string& name) {
    const auto node = byName_.extract(name);
    return node ? node.mapped() : at::Tensor();
  }

  /// Contiguous: the loops over them take no strides.
  at::Tensor take(const std::string& name) {
    const at::Tensor found = find(name);
    if (!found.defined()) throw std::invalid_argument("the model has no parameter " + name);
    return found.contiguous();
  }

  /// Hugging Face's Linear, [out, in], where `transposed`; otherwise its Conv1D, [in, out].
  Projection projection(const std::string& name, bool transposed) {
    const at::Tensor weight = take(name + ".weight");
    return {transposed ? weight.t() : weight, find(name + ".bias"), find(name + ".lora_A.weight"), find(name + ".lora_B.weight")};
  }

  void expectEmpty() const {
    if (!byName_.empty()) throw std::invalid_argument("the parameter " + byName_.begin()->first + " belongs nowhere");
  }

 private:
  std::unordered_map<std::string, at::Tensor> byName_;
};

}  // namespace

ModelShape shapeFrom(const Args& args, size_t i) {
  const napi_value object = args.raw(i);
  auto number = [&](const char* key) {
    double value = 0;
    const napi_value property = args.get(object, key);
    if (property == nullptr || napi_get_value_double(args.env(), property, &value) != napi_ok) {
      throw std::invalid_argument(std::string("the configuration has no number ") + key);
    }
    return value;
  };
  auto size = [&](const char* key) { return static_cast<int64_t>(number(key)); };
  ModelShape shape{};
  shape.llama = args.get(object, "keyValueHeads") != nullptr;
  shape.width = size("width");
  shape.layers = size("layers");
  shape.heads = size("heads");
  shape.keyValueHeads = shape.llama ? size("keyValueHeads") : shape.heads;
  shape.headDim = shape.llama ? size("headDim") : shape.width / shape.heads;
  shape.mlpWidth = size("mlpWidth");
  shape.vocabSize = size("vocabSize");
  shape.maxPositions = size("maxPositions");
  shape.normEpsilon = number("normEpsilon");
  if (shape.llama) {
    shape.frequencies = numbersFrom(args, object, "frequencies");
    shape.ropeFactor = number("ropeFactor");
    TORCH_CHECK(2 * static_cast<int64_t>(shape.frequencies.size()) == shape.headDim, "there are ", shape.frequencies.size(),
                " frequencies for heads of ", shape.headDim);
  }
  shape.adapterScale = number("adapterScale");
  return shape;
}

Weights weightsFrom(const ModelShape& shape, const std::vector<std::string>& names,
                    const std::vector<at::Tensor>& parameters) {
  Named named(names, parameters);
  Weights weights;
  weights.embedding = named.take(shape.llama ? "model.embed_tokens.weight" : "transformer.wte.weight");
  if (!shape.llama) weights.positions = named.take("transformer.wpe.weight");
  for (int64_t layer = 0; layer < shape.layers; layer++) {
    LayerWeights own;
    if (shape.llama) {
      const std::string name = "model.layers." + std::to_string(layer);
      own.query = named.projection(name + ".self_attn.q_proj", true);
      own.key = named.projection(name + ".self_attn.k_proj", true);
      own.value = named.projection(name + ".self_attn.v_proj", true);
      own.output = named.projection(name + ".self_attn.o_proj", true);
      own.queryNorm = named.find(name + ".self_attn.q_norm.weight");
      own.keyNorm = named.find(name + ".self_attn.k_norm.weight");
      own.gate = named.projection(name + ".mlp.gate_proj", true);
      own.up = named.projection(name + ".mlp.up_proj", true);
      own.down = named.projection(name + ".mlp.down_proj", true);
      own.norm1 = named.take(name + ".input_layernorm.weight");
      own.norm2 = named.take(name + ".post_attention_layernorm.weight");
    } else {
      const std::string name = "transformer.h." + std::to_string(layer);
      own.norm1 = named.take(name + ".ln_1.weight");
      own.norm1Bias = named.take(name + ".ln_1.bias");
      own.query = named.projection(name + ".attn.c_attn", false);
      own.output = named.projection(name + ".attn.c_proj", false);
      own.norm2 = named.take(name + ".ln_2.weight");
      own.norm2Bias = named.take(name + ".ln_2.bias");
      own.up = named.projection(name + ".mlp.c_fc", false);
      own.down = named.projection(name + ".mlp.c_proj", false);
    }
    weights.layers.push_back(std::move(own));
  }
  weights.norm = named.take(shape.llama ? "model.norm.weight" : "transformer.ln_f.weight");
  if (!shape.llama) weights.normBias = named.take("transformer.ln_f.bias");
  named.expectEmpty();
  return weights;
}

Projection sideBySide(const std::vector<Projection>& layers) {
  // As [out, in], which is what is packed, so that nothing is transposed on the way.
  std::vector<at::Tensor> turned, biases;
  for (const Projection& each : layers) {
    turned.push_back(each.weight.t());
    if (each.bias.defined()) biases.push_back(each.bias);
  }
  return {at::cat(turned, 0).t(), biases.empty() ? at::Tensor() : at::cat(biases), {}, {}};
}

Weights merged(const ModelShape& shape, Weights weights) {
  for (LayerWeights& own : weights.layers) {
    for (Projection* each : {&own.query, &own.key, &own.value, &own.output, &own.gate, &own.up, &own.down}) {
      if (!each->loraA.defined()) continue;
      // In the weight's own layout.
      each->weight = each->weight.stride(1) == 1
                         ? at::addmm(each->weight, each->loraA.t(), each->loraB.t(), 1, shape.adapterScale)
                         : at::addmm(each->weight.t(), each->loraB, each->loraA, 1, shape.adapterScale).t();
      each->loraA = each->loraB = at::Tensor();
    }
  }
  return weights;
}

}  // namespace whetstone
