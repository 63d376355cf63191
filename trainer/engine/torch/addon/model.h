#pragma once
#include <ATen/ATen.h>

#include <vector>

#include "tensors.h"

namespace whetstone {

/// nn/transformer.ts' TransformerConfig.
struct ModelShape {
  bool llama;
  int64_t width, layers, heads, keyValueHeads, headDim, mlpWidth, vocabSize, maxPositions;
  double normEpsilon, ropeTheta;

  int64_t queryWidth() const { return heads * headDim; }
  int64_t keyValueWidth() const { return keyValueHeads * headDim; }
};

/// One block. Linear weights are views of shape [in, out]; what the architecture lacks is undefined.
struct LayerWeights {
  at::Tensor norm1, norm1Bias;
  at::Tensor query, key, value;  // GPT-2: query holds all three, [width, 3 · width]
  at::Tensor queryBias;
  at::Tensor output, outputBias;
  at::Tensor norm2, norm2Bias;
  at::Tensor gate, up, upBias;  // gate: Llama's
  at::Tensor down, downBias;
};

struct Weights {
  at::Tensor embedding, positions;
  std::vector<LayerWeights> layers;
  at::Tensor norm, normBias;
};

/// From the configuration object of JavaScript at argument `i`.
ModelShape shapeFrom(const Args& args, size_t i);

/// From the parameters in the order of nn/transformer.ts' parameterShapes, the head (if untied) left out.
Weights weightsFrom(const ModelShape& shape, const std::vector<at::Tensor>& parameters);

}  // namespace whetstone
