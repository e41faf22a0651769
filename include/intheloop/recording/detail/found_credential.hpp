// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_FOUND_CREDENTIAL_HPP
#define INTHELOOP_RECORDING_DETAIL_FOUND_CREDENTIAL_HPP

#include <intheloop/base/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

// The value of a credential in a text.
class found_credential {
public:
    std::size_t begin = 0;
    std::size_t end = 0;
    std::vector<std::string> texts; // the value; then other texts that stand for it
};
using found_credentials = std::vector<found_credential>; // by their beginning

// Finds credentials in a text by the names before them: strings and lists of strings, in JSON,
// which may be broken off or stand in a string of other JSON, and in what is like it; parameters
// ("token=..."), which may be percent-encoded or escaped as in JSON or HTML; and elements of XML.
// Finds the passwords in addresses too. One credential may lie in another. Takes time in proportion
// to the text.
[[nodiscard]] found_credentials find_credentials(std::string_view text);
// Finds them in the query of a target, where each character but '&' may belong to a value.
[[nodiscard]] found_credentials find_query_credentials(std::string_view target);
// Finds them in a form of either kind. Finds none if the Content-Type is another one.
[[nodiscard]] found_credentials find_form_credentials(std::string_view content_type,
                                                      std::string_view body);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/found_credential.ipp>
#endif

#endif
