#include "tensors.h"

namespace whetstone {

void defineTransformer(napi_env, napi_value) {}

}  // namespace whetstone
