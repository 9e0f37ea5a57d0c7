#include "CEventDecoding.h"
