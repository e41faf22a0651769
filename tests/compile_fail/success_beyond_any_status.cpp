// expect: intheloop: success<> names a status that is no success
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <optional>
#include <string>

namespace loop = intheloop;

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters,
                                std::optional<std::string>, loop::success<204>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters,
                                std::optional<std::string>, loop::success<65536 + 204>>
    things{};
#endif
