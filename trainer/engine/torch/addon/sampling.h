#pragma once
#include <cstdint>
#include <vector>

namespace whetstone {

/// The settings of rlhf/sampling.ts' sampleTokens.
struct Sampler {
  double temperature;  // 0: the likeliest token
  int64_t topK;        // 0: all
  double topP;         // 1: all
};

struct Drawn {
  int32_t token;
  double logProb;
};

/// rlhf/sampling.ts' sampler for one row of logits [size] and its number `uniform` in (0, 1): the same arithmetic in fp64, so the same token.
/// `weights` is scratch. False where a logit is not finite.
bool drawToken(const float* logits, int64_t size, const Sampler& sampler, double uniform, std::vector<double>& weights,
               Drawn& drawn);

}  // namespace whetstone
