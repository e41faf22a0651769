// expect: intheloop: credentials belong to the origin of the API: this endpoint lies on another one
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

class ask_request {
public:
    ask_request() {}
    std::string name;
    using members = loop::members<&ask_request::name>;
};

template <class... Traits>
using page = loop::endpoint<loop::verb::get, "/page", ask_request, std::string, Traits...>;

#ifdef CONTROL
inline constexpr page<loop::origin<"https://docs.example.org">,
                      loop::header<"X-Name", &ask_request::name>>
    asked{};
#else
inline constexpr page<loop::origin<"https://docs.example.org">,
                      loop::header<"Authorization", &ask_request::name>>
    asked{};
#endif
