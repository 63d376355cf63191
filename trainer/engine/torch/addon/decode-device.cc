#include "decode.h"

namespace whetstone {

void decodeOnDevice(const DecodeRequest&, const DecodeAnswer&) { throw std::runtime_error("not yet"); }

}  // namespace whetstone
