// expect: intheloop: a raw_body is no JSON, and no part of it
// expect: "file"
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <optional>
#include <string>

namespace loop = intheloop;

#ifdef CONTROL
using upload = loop::parameters<loop::path_parameter<"id", std::string>,
                                loop::body_parameter<"file", loop::raw_body>>;
#else
using upload = loop::parameters<loop::path_parameter<"id", std::string>,
                                loop::json_field<"file", loop::raw_body>>;
#endif

inline constexpr loop::endpoint<loop::verb::post, "/files/{id}", upload, std::optional<std::string>>
    put_file{};
