// expect: intheloop: credentials belong to the origin of the API: this endpoint lies on another one
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

template <class... Parts>
using page = loop::endpoint<loop::verb::get, "/page", loop::parameters<Parts...>, std::string,
                            loop::origin<"https://docs.example.org">>;

#ifdef CONTROL
inline constexpr page<loop::header_parameter<"X-Name", std::string>> asked{};
#else
inline constexpr page<loop::header_parameter<"Cookie", std::string>> asked{};
#endif
