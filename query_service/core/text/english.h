// Numbers and names in English sentences.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_TEXT_ENGLISH_H_
#define QUERY_SERVICE_CORE_TEXT_ENGLISH_H_

#include <cstdint>
#include <string>

#include "repatriation/v1/event.pb.h"

namespace repatriation {

// "3,276" for 3276, as in the UN's press releases.
std::string Thousands(int64_t number);

// The people of a category in English, for example "uniformed personnel".
std::string NameOf(v1::Category category);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_TEXT_ENGLISH_H_
