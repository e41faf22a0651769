// expect: intheloop: a raw_body is no JSON, and no part of it
// expect: std::optional<intheloop::raw_body>
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <optional>
#include <string>

namespace loop = intheloop;

class upload {
public:
    upload() {}
#ifdef CONTROL
    loop::raw_body content;
#else
    std::optional<loop::raw_body> content;
#endif
    using members = loop::members<&upload::content>;
};

inline constexpr loop::endpoint<loop::verb::put, "/files", upload, std::string,
                                loop::body<&upload::content>>
    put_file{};
