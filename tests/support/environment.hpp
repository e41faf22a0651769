// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_ENVIRONMENT_HPP
#define INTHELOOP_TESTS_SUPPORT_ENVIRONMENT_HPP

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

namespace support {

// The variables of the proxy and of the system's trust are these and no others, until this goes.
class environment {
public:
    explicit environment(std::map<std::string, std::string> const& variables) {
        for (char const* name :
             {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
              "http_proxy", "HTTP_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
            if (char const* const value = std::getenv(name))
                before_.emplace(name, value);
            else
                before_.emplace(name, std::nullopt);
            ::unsetenv(name);
        }
        for (auto const& [name, value] : variables)
            ::setenv(name.c_str(), value.c_str(), 1);
    }
    ~environment() {
        for (auto const& [name, value] : before_) {
            if (value)
                ::setenv(name.c_str(), value->c_str(), 1);
            else
                ::unsetenv(name.c_str());
        }
    }
    environment(environment const&) = delete;
    environment& operator=(environment const&) = delete;

private:
    std::map<std::string, std::optional<std::string>> before_;
};

} // namespace support

#endif
