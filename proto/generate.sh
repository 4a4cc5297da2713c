#!/bin/sh
# Writes the Python code of every proto file: generate.sh PYTHON OUT
set -eu
python=$1
out=$2
here=$(dirname "$0")
protos=$(find "$here/sync" -name '*.proto' | sort)
services=$(find "$here/sync" -name '*_service.proto' | sort)
"$python" -m grpc_tools.protoc -I"$here" --python_out="$out" --pyi_out="$out" $protos
if [ -n "$services" ]; then
    "$python" -m grpc_tools.protoc -I"$here" --grpc_python_out="$out" $services
fi
