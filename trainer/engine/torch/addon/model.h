#pragma once
#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "tensors.h"

namespace whetstone {

/// nn/transformer.ts' TransformerConfig.
struct ModelShape {
  bool llama;
  int64_t width, layers, heads, keyValueHeads, headDim, mlpWidth, vocabSize, maxPositions;
  double normEpsilon;
  std::vector<double> frequencies;  // of rotary positions (nn/rotary.ts), [headDim / 2]; empty where there are none
  double ropeFactor;                // what cosines and sines are multiplied by
  double adapterScale;              // of nn/adapter.ts

  int64_t queryWidth() const { return heads * headDim; }
  int64_t keyValueWidth() const { return keyValueHeads * headDim; }
};

/// A linear layer, weight a view of shape [in, out]; bias, loraA and loraB are undefined where it has none.
struct Projection {
  at::Tensor weight, bias;
  at::Tensor loraA, loraB;  // [rank, in], [out, rank]

  bool defined() const { return weight.defined(); }
};

/// One block; what the architecture lacks is undefined.
struct LayerWeights {
  at::Tensor norm1, norm1Bias;
  Projection query, key, value;     // GPT-2: query holds all three, [width, 3 · width]
  at::Tensor queryNorm, keyNorm;    // Qwen 3: gains of the norms over each head, [headDim]
  Projection output;
  at::Tensor norm2, norm2Bias;
  Projection gate, up, down;        // gate: Llama's
};

struct Weights {
  at::Tensor embedding, positions;
  std::vector<LayerWeights> layers;
  at::Tensor norm, normBias;
};

/// From the configuration object of JavaScript at argument `i`.
ModelShape shapeFrom(const Args& args, size_t i);

/// From the parameters by their names in nn/transformer.ts' parameterShapes, the head (if untied) left out. Throws where one is missing or
/// belongs nowhere.
Weights weightsFrom(const ModelShape& shape, const std::vector<std::string>& names, const std::vector<at::Tensor>& parameters);

/// Linear layers of the same input as one, without adapters: [in, out + out + …]. All have biases or none.
Projection sideBySide(const std::vector<Projection>& layers);

/// The same with each adapter added to its weight, W + scale · B·A: what it was is unchanged.
Weights merged(const ModelShape& shape, Weights weights);

}  // namespace whetstone
