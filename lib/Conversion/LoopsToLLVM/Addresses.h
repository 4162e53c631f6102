//===- Addresses.h - Memory as addresses ---------------------------------*- C++ -*-===//

#ifndef GATEFOLD_CONVERSION_LOOPSTOLLVM_ADDRESSES_H
#define GATEFOLD_CONVERSION_LOOPSTOLLVM_ADDRESSES_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/PatternMatch.h"

namespace gatefold {

/// Makes a memref the address of its first element, followed by one number for each stride that its
/// type does not tell, and adds the patterns for all that the loops do with memory.
void populateAddressPatterns(mlir::LLVMTypeConverter &converter, mlir::RewritePatternSet &patterns);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_LOOPSTOLLVM_ADDRESSES_H
