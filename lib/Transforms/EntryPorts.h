//===- EntryPorts.h - The ports of entries together ---------------*- C++ -*-===//

#ifndef GATEFOLD_LIB_TRANSFORMS_ENTRYPORTS_H
#define GATEFOLD_LIB_TRANSFORMS_ENTRYPORTS_H

#include "gatefold/IR/Gatefold.h"

namespace gatefold {

/// The ports of all arguments, and of all results.
llvm::SmallVector<ir::PortAttr> getArgumentPorts(ir::EntryOp entry);
llvm::SmallVector<ir::PortAttr> getResultPorts(ir::EntryOp entry);

/// Makes the signature of an entry agree with its body: with the arguments of its block and with
/// what it returns, which have these ports.
void setSignature(ir::EntryOp entry, llvm::ArrayRef<ir::PortAttr> argumentPorts,
                  llvm::ArrayRef<ir::PortAttr> resultPorts);

/// True for the ports of histories, which have as many rows as the caller says.
bool hasCapacity(ir::PortAttr port);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_ENTRYPORTS_H
