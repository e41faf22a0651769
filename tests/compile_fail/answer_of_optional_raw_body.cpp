// expect: intheloop: a raw_body is no JSON, and no part of it
// expect: std::optional<intheloop::raw_body>
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <optional>
#include <string>
#include <utility>

namespace loop = intheloop;

class get_picture {
public:
    explicit get_picture(std::string of_picture) : id(std::move(of_picture)) {}
    std::string id;
    using members = loop::members<&get_picture::id>;
};

#ifdef CONTROL
using picture = loop::raw_body;
#else
using picture = std::optional<loop::raw_body>;
#endif

inline constexpr loop::endpoint<loop::verb::get, "/pictures/{id}", get_picture, picture>
    picture_of{};
