# Boost brings its own config; CMake's FindBoost is gone.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)
endif()
include(CMakeFindDependencyMacro)
find_dependency(Boost 1.81 COMPONENTS json url)
find_dependency(OpenSSL 3)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/intheloop-targets.cmake")
