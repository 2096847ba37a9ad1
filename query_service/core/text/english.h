// Figures as English sentences have them.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_TEXT_ENGLISH_H_
#define QUERY_SERVICE_CORE_TEXT_ENGLISH_H_

#include <cstdint>
#include <string>

#include "repatriation/v1/event.pb.h"

namespace repatriation {

// 3,276 for 3276, as the UN's releases print numbers.
std::string Thousands(int64_t number);

// "uniformed personnel": what the people of a category are called.
std::string NameOf(v1::Category category);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_TEXT_ENGLISH_H_
