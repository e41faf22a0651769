// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_KNOWN_KEYS_HPP
#define INTHELOOP_TESTING_DETAIL_KNOWN_KEYS_HPP

#include <intheloop/testing/answer.hpp>
#include <intheloop/testing/received_request.hpp>
#include <intheloop/testing/response_override.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::testing::detail {

// The idempotency keys of the requests that a handler has acted on, with its responses. Used by one
// thread.
class known_keys {
public:
    // Returns the response to a request that must not reach the handler: it repeats one that did,
    // or has its key and is another.
    [[nodiscard]] std::optional<response_override> find(std::string_view key,
                                                        received_request const& request) const {
        auto const found = known_.find(key);
        if (found == known_.end())
            return std::nullopt;
        bool const is_same =
            found->second.target == request.target && found->second.body == request.body;
        return is_same ? found->second.response
                       : testing::refuse(422, "the key belongs to another request",
                                         "IdempotencyKeyReused");
    }
    // Remembers a response, unless it is a failure: the request may then be tried again.
    void add(std::string key, received_request const& request, response_override const& response) {
        if (!response.raw && response.status >= 200 && response.status <= 299)
            known_.insert_or_assign(std::move(key), entry{request.target, request.body, response});
    }

private:
    struct entry {
        std::string target;
        std::string body;
        response_override response;
    };
    std::map<std::string, entry, std::less<>> known_;
};

} // namespace intheloop::testing::detail

#endif
