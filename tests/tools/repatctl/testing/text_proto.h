// Messages from protobuf's text format.
#ifndef TESTS_TOOLS_REPATCTL_TESTING_TEXT_PROTO_H_
#define TESTS_TOOLS_REPATCTL_TESTING_TEXT_PROTO_H_

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

namespace repatriation {

template <typename Message>
Message Parsed(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

}  // namespace repatriation

#endif  // TESTS_TOOLS_REPATCTL_TESTING_TEXT_PROTO_H_
