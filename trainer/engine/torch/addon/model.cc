#include "model.h"

namespace whetstone {

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
  shape.ropeTheta = shape.llama ? number("ropeTheta") : 0;
  return shape;
}

Weights weightsFrom(const ModelShape& shape, const std::vector<at::Tensor>& parameters) {
  const size_t expected = shape.llama ? 2 + 9 * shape.layers : 4 + 12 * shape.layers;
  if (parameters.size() != expected) {
    throw std::invalid_argument("expected " + std::to_string(expected) + " parameters, got " +
                                std::to_string(parameters.size()));
  }
  auto next = parameters.begin();
  // The loops over them take no strides.
  auto take = [&] { return (next++)->contiguous(); };
  auto takeTransposed = [&] { return (next++)->t(); };
  Weights weights;
  weights.embedding = take();
  if (!shape.llama) weights.positions = take();
  for (int64_t layer = 0; layer < shape.layers; layer++) {
    LayerWeights own;
    if (shape.llama) {
      own.query = takeTransposed();
      own.key = takeTransposed();
      own.value = takeTransposed();
      own.output = takeTransposed();
      own.gate = takeTransposed();
      own.up = takeTransposed();
      own.down = takeTransposed();
      own.norm1 = take();
      own.norm2 = take();
    } else {
      own.norm1 = take();
      own.norm1Bias = take();
      own.query = take();
      own.queryBias = take();
      own.output = take();
      own.outputBias = take();
      own.norm2 = take();
      own.norm2Bias = take();
      own.up = take();
      own.upBias = take();
      own.down = take();
      own.downBias = take();
    }
    weights.layers.push_back(std::move(own));
  }
  weights.norm = take();
  if (!shape.llama) weights.normBias = take();
  return weights;
}

}  // namespace whetstone
