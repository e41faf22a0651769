// expect: intheloop: http:// in an origin<> is for a host that can only be this machine
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
inline constexpr page<loop::query<&ask_request::name>, loop::origin<"http://127.0.0.1:8080">>
    asked{};
#else
inline constexpr page<loop::query<&ask_request::name>, loop::origin<"http://docs.example.org">>
    asked{};
#endif
