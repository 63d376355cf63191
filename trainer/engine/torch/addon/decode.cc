#include "decode.h"

#include <ATen/core/grad_mode.h>

#include "tensors.h"

namespace whetstone {

namespace {

template <typename T>
T* typed(const Args& args, size_t i, napi_typedarray_type type, int64_t length) {
  const Args::Bytes bytes = args.typedArray(i);
  if (bytes.type != type || static_cast<int64_t>(bytes.length) != length) {
    throw std::invalid_argument("argument " + std::to_string(i) + " has not the type and the length " +
                                std::to_string(length));
  }
  return static_cast<T*>(bytes.data);
}

/// What would otherwise be read or written out of bounds.
void check(const DecodeRequest& request, const DecodeAnswer& answer) {
  const ModelShape& shape = request.shape;
  TORCH_CHECK(request.responseLength > 0, "responseLength is 0");
  TORCH_CHECK(request.length + request.responseLength <= shape.maxPositions, "prompts of ", request.length,
              " tokens and responses of ", request.responseLength, " exceed the model's ", shape.maxPositions, " positions");
  for (int64_t row = 0; row < request.rows; row++) {
    TORCH_CHECK(request.lengths[row] > 0 && request.lengths[row] <= request.length, "row ", row, " has ",
                request.lengths[row], " tokens of ", request.length);
  }
  TORCH_CHECK(request.head.dim() == 2 && request.head.size(0) == request.weights.embedding.size(0), "the head has ",
              request.head.size(0), " words, the embedding ", request.weights.embedding.size(0));
  TORCH_CHECK(answer.values == nullptr || request.valueWeight, "values are asked for, but there is no scalar head");
  TORCH_CHECK(shape.headDim % 2 == 0 || !shape.llama, "headDim is ", shape.headDim, ", rotary positions need it even");
}

/// decode(config, names, parameters, head, value head: [weight, bias] slots or [], sizes: [rows, length, responseLength],
///   tokens: Int32Array, lengths: Int32Array, uniforms: Float64Array, temperature, topK, topP, stopAtEos, eosToken, bf16, onDevice,
///   into tokens: Int32Array, into logProbs: Float32Array, into values: Float32Array | null, into lengths: Int32Array)
napi_value decode(Args& args) {
  at::AutoGradMode off(false);
  DecodeRequest request;
  request.shape = shapeFrom(args, 0);
  request.weights = merged(request.shape, weightsFrom(request.shape, args.strings(1), args.tensors(2)));
  request.head = args.tensor(3);
  const auto valueHead = args.tensors(4);
  if (!valueHead.empty()) request.valueWeight = valueHead[0];
  if (valueHead.size() > 1) request.valueBias = valueHead[1];
  const auto sizes = args.integers(5);
  request.rows = sizes.at(0), request.length = sizes.at(1), request.responseLength = sizes.at(2);
  const int64_t places = request.rows * request.responseLength;
  request.tokens = typed<int32_t>(args, 6, napi_int32_array, request.rows * request.length);
  request.lengths = typed<int32_t>(args, 7, napi_int32_array, request.rows);
  request.uniforms = typed<double>(args, 8, napi_float64_array, places);
  request.sampler = {args.number(9), args.integer(10), args.number(11)};
  request.stopAtEos = args.boolean(12);
  request.eosToken = args.integer(13);
  request.type = args.boolean(14) ? at::kBFloat16 : at::kFloat;
  DecodeAnswer answer;
  answer.tokens = typed<int32_t>(args, 16, napi_int32_array, places);
  answer.logProbs = typed<float>(args, 17, napi_float32_array, places);
  answer.values = args.missing(18) ? nullptr : typed<float>(args, 18, napi_float32_array, places);
  answer.lengths = typed<int32_t>(args, 19, napi_int32_array, request.rows);
  check(request, answer);
  if (request.head.is_cpu() && !args.boolean(15)) {
    decodeOnCpu(request, answer);
  } else {
    decodeOnDevice(request, answer);
  }
  return args.undefined();
}

}  // namespace

void throwNonFinite(int64_t row, int64_t position) {
  throw std::runtime_error("NON_FINITE_LOGITS row " + std::to_string(row) + " position " + std::to_string(position));
}

void defineDecode(napi_env env, napi_value exports) { define(env, exports, "decode", decode); }

}  // namespace whetstone
